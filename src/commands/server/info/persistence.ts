/** INFO's persistence section. */
import type { AppendOnlyService } from '../../../dispatch/append-only-service.ts';
import type { LoadProgress } from '../../../dispatch/loading-service.ts';
import { LOADING } from '../../../dispatch/server-state.ts';
import type { InfoSection, InfoText } from './info-text.ts';

export const persistenceSection: InfoSection = {
  names: ['persistence'],
  title: 'Persistence',
  shown: 'by-default',
  write({ appendOnly, keyspace, loader, persistence, state }, text) {
    const { status } = persistence;
    const writing = appendOnly.isRewriting ? appendOnly : persistence;
    const { currentKeptBytes, currentKeys, currentTotalKeys } = writing;
    text.field('loading', Number(state.is(LOADING)));
    text.field('async_loading', 0);
    // Blocks are put aside one by one, so the present size is the highest, and it is always known.
    text.field('current_cow_peak', currentKeptBytes);
    text.field('current_cow_size', currentKeptBytes);
    text.field('current_cow_size_age', 0);
    text.decimal('current_fork_perc', currentTotalKeys === 0 ? 0 : (currentKeys / currentTotalKeys) * 100, 2);
    text.field('current_save_keys_processed', currentKeys);
    text.field('current_save_keys_total', currentTotalKeys);
    text.field('rdb_changes_since_last_save', keyspace.dirty);
    text.field('rdb_bgsave_in_progress', Number(persistence.isRunning));
    text.field('rdb_last_save_time', status.lastSaveSeconds);
    text.field('rdb_last_bgsave_status', status.lastBackgroundSaveOk ? 'ok' : 'err');
    text.field('rdb_last_bgsave_time_sec', status.lastBackgroundSeconds);
    text.field('rdb_current_bgsave_time_sec', persistence.currentSeconds);
    text.field('rdb_saves', status.saves);
    text.field('rdb_last_cow_size', status.lastKeptBytes);
    text.field('rdb_last_load_keys_expired', loader.lastExpiredKeys);
    text.field('rdb_last_load_keys_loaded', loader.lastKeys);
    const aof = appendOnly.status;
    text.field('aof_enabled', Number(appendOnly.isEnabled));
    text.field('aof_rewrite_in_progress', Number(appendOnly.isRewriting));
    text.field('aof_rewrite_scheduled', Number(appendOnly.isRewriteScheduled));
    text.field('aof_last_rewrite_time_sec', aof.lastRewriteSeconds);
    text.field('aof_current_rewrite_time_sec', appendOnly.currentSeconds);
    text.field('aof_last_bgrewrite_status', aof.lastRewriteOk ? 'ok' : 'err');
    text.field('aof_rewrites', aof.rewrites);
    text.field('aof_rewrites_consecutive_failures', aof.consecutiveFailures);
    text.field('aof_last_write_status', appendOnly.log.failure === null ? 'ok' : 'err');
    text.field('aof_last_cow_size', aof.lastKeptBytes);
    text.field('module_fork_in_progress', 0);
    text.field('module_fork_last_cow_size', 0);
    if (appendOnly.isEnabled) writeAppendOnly(appendOnly, text);
    // Not in Redis, which has no choice.
    text.field('loaded_from', loader.source);
    if (loader.progress !== null) writeLoading(loader.progress, text);
  },
};

function writeAppendOnly({ currentBytes, log, status }: AppendOnlyService, text: InfoText): void {
  text.field('aof_current_size', currentBytes);
  text.field('aof_base_size', status.baseBytes);
  text.field('aof_pending_rewrite', 0);
  text.field('aof_buffer_length', log.pendingBytes);
  text.field('aof_pending_bio_fsync', Number(log.isSyncInFlight));
  text.field('aof_delayed_fsync', log.delayedSyncs);
}

function writeLoading(progress: LoadProgress, text: InfoText): void {
  const { loadedBytes, totalBytes } = progress;
  text.field('loading_start_time', progress.startedSeconds);
  text.field('loading_total_bytes', totalBytes);
  text.field('loading_rdb_used_mem', progress.savedUsedBytes);
  text.field('loading_loaded_bytes', loadedBytes);
  text.decimal('loading_loaded_perc', totalBytes === 0 ? 0 : (loadedBytes / totalBytes) * 100, 2);
  text.field('loading_eta_seconds', progress.secondsLeft);
}
